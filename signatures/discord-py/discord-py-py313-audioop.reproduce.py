import discord

print(discord.Intents.default())
