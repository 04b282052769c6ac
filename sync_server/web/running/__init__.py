"""Say how the server is reached and watched: its certificate, its numbers."""
