"""The sync server: takes the records of the tablets, counts them, and shows the counts."""
