"""What a record is to who entered it: in a few words, found again, said to be saved."""
