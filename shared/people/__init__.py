"""People in a text: first names of every origin, civilities, births, addresses, numbers of papers."""
