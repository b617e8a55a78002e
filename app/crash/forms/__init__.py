"""Every way but the standard one in which Python tools print a traceback, one module each.

Each module has one function, `find(lines)`, that reads every crash printed in its form and names the lines it took, so
that nobody reads them twice. It is linear and never raises. `MARKS` are words of which every text in its form has one,
and `hint(text)` tells the lines by which it is spotted.
"""
