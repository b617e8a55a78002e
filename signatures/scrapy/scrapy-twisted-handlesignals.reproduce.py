import scrapy
from scrapy.crawler import CrawlerProcess


class Prices(scrapy.Spider):
    name = "prices"
    start_urls = ["data:,42"]

    def parse(self, response):
        yield {"price": response.text}


process = CrawlerProcess({"TELNETCONSOLE_ENABLED": False})
process.crawl(Prices)
process.start()
