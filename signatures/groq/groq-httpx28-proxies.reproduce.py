from groq import Groq

print(Groq(api_key="none").base_url)
