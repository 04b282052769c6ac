"""What each platform's ports must do. Plain coroutines without pytest: Chromium's Python runs them too."""
