from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "sql")
shell.run_line_magic("sql", "sqlite:///shop.db")
print(shell.run_line_magic("sql", "SELECT 1 AS one"))
