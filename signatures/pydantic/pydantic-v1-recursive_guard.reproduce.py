from typing import Optional

from pydantic import BaseModel


class Node(BaseModel):
    name: str
    child: Optional["Node"] = None


Node.update_forward_refs()
print(Node(name="root", child={"name": "leaf"}))
