from openai import OpenAI

client = OpenAI(api_key="not needed")
print(client.base_url)
