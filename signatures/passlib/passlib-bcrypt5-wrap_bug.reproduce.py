from passlib.context import CryptContext

passwords = CryptContext(schemes=["bcrypt"], deprecated="auto")
print(passwords.verify("correct horse", passwords.hash("correct horse")))
