"""One module per audience: tablets, coordination, administration. A route fetches, authorises, calls once."""
