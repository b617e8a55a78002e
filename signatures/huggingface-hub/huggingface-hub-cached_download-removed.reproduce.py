from huggingface_hub import cached_download

print(cached_download.__name__)
