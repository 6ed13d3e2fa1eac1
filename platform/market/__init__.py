"""科转: the market of technology achievements. One folder per subject, the same shelf in each (docs/architecture.md)."""
