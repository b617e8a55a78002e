import mongoengine


class Page(mongoengine.Document):
    title = mongoengine.StringField()


print(Page(title="a").to_json())
