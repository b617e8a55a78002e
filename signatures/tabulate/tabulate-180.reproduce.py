from tabulate import tabulate


def report(rows):
    return tabulate(rows, headers=["host", "finding"], maxcolwidths=[20, 40])


print(report([]))
