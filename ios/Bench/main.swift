import CurtainFakes
print("x")
