"""The routes by which people and tablets are let in: sign-in, own account, devices."""
