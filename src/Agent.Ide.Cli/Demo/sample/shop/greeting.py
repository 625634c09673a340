"""What the till says."""


def greet():
    return "Hello!"
