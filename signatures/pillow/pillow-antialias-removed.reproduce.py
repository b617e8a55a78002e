from PIL import Image

picture = Image.new("RGB", (640, 480))
picture.thumbnail((64, 48), Image.ANTIALIAS)
print(picture.size)
