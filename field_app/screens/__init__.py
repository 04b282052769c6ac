"""One component a screen: it draws what the state says, and calls the state's methods."""
