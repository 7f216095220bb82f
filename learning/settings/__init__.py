"""What an administrator sets on the site itself: texts and numbers that features declare and read."""
