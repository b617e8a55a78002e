import cv2

print(cv2.__name__)
