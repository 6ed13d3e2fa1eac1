"""举报: anybody reports what is wrong; the bureau and the operator look into it; who reported stays with the bureau."""
