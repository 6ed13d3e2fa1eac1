"""协议定价公示: an agreed price is made known in the institution and on the market before anything is signed."""
