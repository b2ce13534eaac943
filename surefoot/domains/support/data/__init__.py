"""The shop's contents as committed files, and the script that made them."""
