"""What is wrong with a program though it can be read: every fault at once, with no probability involved."""
