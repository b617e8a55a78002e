"""Every way but the standard one in which Python tools print a traceback, one module each.

Each module has one function, `find(lines)`, that reads every crash printed in its form and names the lines it took, so
that nobody reads them twice. It is cheap when its form is absent, linear when it is not, and never raises.
"""
