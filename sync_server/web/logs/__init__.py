"""Say what happened: a line a request, the security log, and how far that has come."""
