import GPUtil

print(len(GPUtil.getGPUs()), "graphics cards")
