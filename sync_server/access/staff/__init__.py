"""The accounts of the console, as the administration keeps them."""
