"""Prices of the shop, in euros."""


def total(items):
    """What a basket costs: price times quantity of each item."""
    result = 0
    for item in items:
        result += item["price"] * item["quantity"]
    return result


def label(price):
    return f"{price} EUR"
