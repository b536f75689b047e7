"""What a package holds: its files checked one by one, its table of contents read. Nothing is unpacked onto the disk by name."""
