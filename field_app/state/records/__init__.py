"""Records as who entered them knows them: in a few words, found again, said to be saved."""
