from lxml.html.clean import Cleaner

print(Cleaner(scripts=True).clean_html("<p>hello<script>alert(1)</script></p>"))
