"""A believable programme to look at: `content` is what is written in it."""
