"""The tablet: offline first, one hand, no thread and no blocking socket."""
