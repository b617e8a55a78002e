from importlib.metadata import files

import nltk

punkt = next(one for one in files("llama-index-core") if one.match("tokenizers/punkt/README"))
nltk.data.path.append(str(punkt.locate().parents[2]))
print(nltk.sent_tokenize("The shop is open. It closes at six."))
