"""How far a comparison may be believed: checks of the headline, and the one grade made of them."""
