from gensim.corpora import Dictionary

print(Dictionary([["red", "apple"]]))
