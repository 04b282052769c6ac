"""The second factor of the accounts of the console: time-based codes, and codes to recover with."""
