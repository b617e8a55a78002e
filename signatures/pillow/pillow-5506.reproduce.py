from PIL import Image, ImageDraw, ImageFont


def boxed(text):
    image = Image.new("RGB", (240, 60), "white")
    draw = ImageDraw.Draw(image)
    box = draw.textbbox((10, 10), text, font=ImageFont.load_default())
    draw.rectangle(box, outline="black")
    return image


boxed("Total: 12").save("label.png")
