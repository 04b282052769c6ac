"""Make shared/people/first_names.txt, the list that the detector of personal data reads."""
