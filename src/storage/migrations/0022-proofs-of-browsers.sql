-- The few interactions that hold a proof, by their browser: whoever signs out there leaves none to the next person.
create index interactions_with_proof on interactions (browser_hash) where proven is not null or arrival is not null;
