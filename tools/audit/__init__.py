"""`make audit`: the code, the dependencies and the whole HTTP API, looked at by tools of others."""
