from environs import Env

print(Env().bool("DEBUG", False))
