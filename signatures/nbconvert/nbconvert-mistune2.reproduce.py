import nbformat
from nbconvert import HTMLExporter

notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("The area is $r^2$.")])
page, _ = HTMLExporter().from_notebook_node(notebook)
print(len(page) > 0)
