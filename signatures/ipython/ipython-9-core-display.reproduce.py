from IPython.core.display import HTML, display

display(HTML("<b>hello</b>"))
