"""An invented company whose true figures are known. It shares nothing with what it checks but errors, money and period."""
