"""Lightning's CSVLogger folders."""
