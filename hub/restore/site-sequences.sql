-- Read by `hilum restore` of a site: how far the hub knows that each site had come.
select name as site, highest from sites;
